/** The version of Dumbwaiter and all its packages: the tag of its images, and a label of its CRD. */
export const VERSION = "0.1.0";
