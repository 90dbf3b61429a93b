// DOMException of the Web IDL Standard.
import { invalidThis } from "host:errors";

const codes = { IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5, NoModificationAllowedError: 7,
  NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10, InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14,
  InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20, URLMismatchError: 21, QuotaExceededError: 22,
  TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25 };
const constants = ["INDEX_SIZE_ERR", "DOMSTRING_SIZE_ERR", "HIERARCHY_REQUEST_ERR", "WRONG_DOCUMENT_ERR", "INVALID_CHARACTER_ERR", "NO_DATA_ALLOWED_ERR",
  "NO_MODIFICATION_ALLOWED_ERR", "NOT_FOUND_ERR", "NOT_SUPPORTED_ERR", "INUSE_ATTRIBUTE_ERR", "INVALID_STATE_ERR", "SYNTAX_ERR", "INVALID_MODIFICATION_ERR",
  "NAMESPACE_ERR", "INVALID_ACCESS_ERR", "VALIDATION_ERR", "TYPE_MISMATCH_ERR", "SECURITY_ERR", "NETWORK_ERR", "ABORT_ERR", "URL_MISMATCH_ERR",
  "QUOTA_EXCEEDED_ERR", "TIMEOUT_ERR", "INVALID_NODE_TYPE_ERR", "DATA_CLONE_ERR"];

const names = new WeakMap();

// A function that makes errors of the engine's own kind, as their stacks are what people look at.
export function DOMException(message = "", options = "Error") {
  if (!new.target) throw new TypeError("Class constructor DOMException cannot be invoked without 'new'");
  const hasOptions = options !== null && typeof options === "object";
  const error = Reflect.construct(Error, [`${message}`], new.target);
  names.set(error, hasOptions ? `${options.name ?? "Error"}` : `${options}`);
  if (hasOptions && "cause" in options) Object.defineProperty(error, "cause", { value: options.cause, configurable: true, writable: true, enumerable: false });
  const name = names.get(error);
  Object.defineProperty(error, "name", { value: name, configurable: true });
  error.stack; // is made now, with that name
  delete error.name;
  return error;
}
Object.setPrototypeOf(DOMException.prototype, Error.prototype);
Object.defineProperties(DOMException.prototype, {
  name: { configurable: true, enumerable: true, get() { return names.get(this) ?? thrown("DOMException"); } },
  code: { configurable: true, enumerable: true, get() { return codes[names.get(this) ?? thrown("DOMException")] ?? 0; } },
  [Symbol.toStringTag]: { configurable: true, value: "DOMException" },
});
function thrown(type) {
  throw invalidThis(type);
}
for (const [i, name] of constants.entries())
  for (const at of [DOMException, DOMException.prototype]) Object.defineProperty(at, name, { value: i + 1, enumerable: true });

export default { DOMException };
