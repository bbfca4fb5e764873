/** The network of the node's pods. It exists only in its own namespace. */
export const NODE_NETWORK = "10.213.0.0/16";

/** The node's address in it, at which pods reach the servers outside. */
export const NODE_ADDRESS = "10.213.0.1";

export const NODE_NAME = "node-1";
