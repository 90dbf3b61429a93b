import * as timers from "native:timers";
import { load } from "native:util";
const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = timers;
export default { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, get promises() { return load("node:timers/promises"); } };
