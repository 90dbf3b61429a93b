import * as path from "native:path";
export default path.default;
