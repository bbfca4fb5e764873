/** A string that only its own parser makes, so that one kind of id cannot stand where another belongs. */
export type Brand<Name extends string> = string & { readonly __brand: Name };
