/** A change to one place of the code that breaks a guarantee, and the test that must fail because of it. */
export interface Mutant {
  readonly file: string;
  /** Text that the file has once. */
  readonly from: string;
  readonly to: string;
  /** The test file. */
  readonly test: string;
  /** Words in the name of the test. */
  readonly name: string;
}
