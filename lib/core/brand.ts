declare const brand: unique symbol;

/** A primitive that only its own constructor may produce: `TenantId` is a string, but no string is a `TenantId`. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
