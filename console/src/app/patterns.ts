/** Patterns of fields. Browsers compile them with the flag `v` and match the whole value. */

/** As `phone` of the API, with signs between the digits: what is sent leaves them out. */
export const PHONE = String.raw`\s*\+[1-9](?:[\s\.\(\)\-]*[0-9]){6,14}\s*`;

/** The id of a person or a trip, as it is copied from a page. */
export const ID = String.raw`\s*[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\s*`;
