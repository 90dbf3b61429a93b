import os from "node:os";
import { fileConstants } from "host:system";
export default { ...os.constants.errno, ...os.constants.signals, ...os.constants.priority, ...fileConstants };
