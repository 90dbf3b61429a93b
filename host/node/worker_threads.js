// node:worker_threads: what a thread knows of itself. There are no other threads than the main one.
export default { isMainThread: true, parentPort: null, resourceLimits: {}, threadId: 0, threadName: "", workerData: null };
