export { ZStream, zlibDeflate, zlibDeflateInit2, zlibDeflateReset, zlibDeflateSetDictionary, zlibInflate, zlibInflateInit2, zlibInflateReset, zlibInflateSetDictionary } from "pako";
