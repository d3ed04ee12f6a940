/** Before a key of metadata, in the id of its column. */
export const METADATA = "metadata.";
