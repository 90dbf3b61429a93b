// atob and btoa of the HTML Standard.
import { decode, encode } from "native:buffer";
import { DOMException } from "host:dom_exception";
import { missing } from "host:errors";

function atob(input) {
  if (arguments.length === 0) throw missing("input");
  const text = `${input}`.replace(/[\t\n\f\r ]/g, "");
  const bare = text.length % 4 === 0 ? text.replace(/={1,2}$/, "") : text;
  if (bare.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(bare))
    throw new DOMException(/[^A-Za-z0-9+/=]/.test(text) ? "Invalid character" : "The string to be decoded is not correctly encoded.", "InvalidCharacterError");
  return decode(encode(bare, 4), 2);
}
function btoa(input) {
  if (arguments.length === 0) throw missing("input");
  const text = `${input}`;
  if (/[^\0-\xff]/.test(text)) throw new DOMException("Invalid character", "InvalidCharacterError");
  return decode(encode(text, 2), 4);
}
export default { atob, btoa };
