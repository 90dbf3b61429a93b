import * as hashes from "npm:hashes";
export default { ...hashes };
