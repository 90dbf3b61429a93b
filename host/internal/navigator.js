import process from "native:process";
import os from "node:os";
import { illegalConstructor } from "host:errors";

const made = Symbol("made");
class Navigator {
  constructor(key) {
    if (key !== made) throw illegalConstructor();
  }
  get hardwareConcurrency() { return os.availableParallelism(); }
  get language() { return "en-US"; }
  get languages() { return Object.freeze(["en-US"]); }
  get platform() { return process.platform; }
  get userAgent() { return `bmes/${process.versions.bmes.split(".")[0]}`; }
}
for (const name of ["hardwareConcurrency", "language", "languages", "platform", "userAgent"]) Object.defineProperty(Navigator.prototype, name, { enumerable: true });
export default { Navigator, navigator: new Navigator(made) };
