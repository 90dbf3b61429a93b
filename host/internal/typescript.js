// stripTypeScriptTypes() of node:module. `erase` is the command's own, which loads TypeScript with.
import process from "native:process";
import { checkObject, checkOneOf, checkString } from "host:errors";

let hasWarned = false;

function stripTypeScriptTypes(erase, code, options = {}) {
  if (!hasWarned) process.emitWarning("stripTypeScriptTypes is an experimental feature and might change at any time", "ExperimentalWarning");
  hasWarned = true;
  checkString(code, "code");
  checkObject(options, "options");
  const { sourceMap = false, sourceUrl = "", mode = "strip" } = options;
  checkOneOf(mode, "options.mode", ["strip"]);
  checkString(sourceUrl, "options.sourceUrl");
  checkOneOf(sourceMap, "options.sourceMap", [false, undefined]);
  const erased = erase(code, sourceUrl);
  return sourceUrl ? `${erased}\n\n//# sourceURL=${sourceUrl}` : erased;
}

export default { stripTypeScriptTypes };
