import { StringDecoder } from "npm:string_decoder";
export default { StringDecoder };
