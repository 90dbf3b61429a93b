/** Whether modules come from the cache, and if not, why. */
export interface Status {
  /** Whether the package has taken over loading. */
  readonly active: boolean;
  /** Why it has not, e.g. `no_vm_modules` or `unsupported_version`; empty while it has, or before it was started. */
  readonly reason: string;
}

/**
 * Starts what `-r bmes/register` starts: CommonJS modules that are required from now on come from the cache.
 * ES modules do only with the flag and the preload, as Node has begun to load them by the time anything runs.
 */
export function start(): Status;

/** What `start()` answered, or the preload would. */
export function status(): Status;
