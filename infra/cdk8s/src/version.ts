/** The version of Dumbwaiter: the tag of its images, and a label of its CRD. */
export const VERSION = "0.2.0";
