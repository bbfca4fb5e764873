/** Dumbwaiter's own version, that of every package: the tag of its images and the label of its CRD. */
export const VERSION = "0.1.0";
