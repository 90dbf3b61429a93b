// What streams of the web need of node:zlib.
import { transformerOf } from "node:zlib";
export default { transformerOf };
