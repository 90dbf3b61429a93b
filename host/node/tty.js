// node:tty.
import * as system from "native:system";
export default { isatty: (fd) => Number.isInteger(fd) && fd >= 0 && fd <= 2147483647 && system.isTerminal(fd) };
