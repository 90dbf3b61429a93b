//=import * as util from "native:util"; const required = { util }; const require = (name) => required[name];
import parseargs from "@pkgjs/parseargs";
export default parseargs.parseArgs;
