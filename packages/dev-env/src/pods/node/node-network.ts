/** The network that the node's pods are in. It exists in a namespace of its own alone. */
export const NODE_NETWORK = "10.213.0.0/16";

/** The node's address in it, by which pods reach what runs beside them. */
export const NODE_ADDRESS = "10.213.0.1";

export const NODE_NAME = "node-1";
