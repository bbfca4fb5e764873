/** A string that only its own parser makes, so that the compiler tells one kind of id from another. */
export type Brand<Name extends string> = string & { readonly __brand: Name };
