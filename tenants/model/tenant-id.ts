/** A tenant's id, which is the name of its file without `.yaml`. 1 to 39 characters. It never changes: it is part of every name. */
export const TENANT_ID = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,38}$/;

/** What a tenant's id looks like, in words. */
export const TENANT_ID_EXPECTED = "1 to 39 characters a-z, 0-9 and single dashes, starting with a letter";
