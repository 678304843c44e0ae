// Sets the script's global scope, then takes deno_core's internals out of it.
//
// Runs once, after all other extensions. What these load later gets `__bootstrap` from deno_core,
// not from the global scope.
((globalThis) => {
  "use strict";

  const { core } = globalThis.__bootstrap;
  const { op_app_anchor, op_app_boot } = core.ops;

  const boot = op_app_boot();
  core.setBuildInfo(boot.target);
  core.unrefOpPromise(op_app_anchor());

  core.loadExtScript("ext:host_app/web.js").install(boot);
  core.loadExtScript("ext:host_app/deno.js").install(boot);
  delete globalThis.__bootstrap;
})(globalThis);
