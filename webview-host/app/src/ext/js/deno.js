// The `Deno` namespace: the small part of Deno's that an app needs.
(function () {
const { core, primordials } = __bootstrap;
const {
  op_app_exit,
  op_app_read_text_file,
  op_app_write_text_file,
} = core.ops;
const {
  Error,
  NumberIsInteger,
  ObjectDefineProperty,
  ObjectFreeze,
  TypeError,
} = primordials;

const errors = {
  BadResource: core.BadResource,
  Interrupted: core.Interrupted,
  NotCapable: core.NotCapable,
};
// The classes that errors of the system can have.
for (
  const name of [
    "AddrInUse",
    "AddrNotAvailable",
    "AlreadyExists",
    "BrokenPipe",
    "Busy",
    "ConnectionAborted",
    "ConnectionRefused",
    "ConnectionReset",
    "FilesystemLoop",
    "InvalidData",
    "IsADirectory",
    "NetworkUnreachable",
    "NotADirectory",
    "NotConnected",
    "NotFound",
    "NotSupported",
    "PermissionDenied",
    "TimedOut",
    "UnexpectedEof",
    "WouldBlock",
    "WriteZero",
  ]
) {
  const errorClass = class extends Error {
    constructor(message, options) {
      super(message, options);
      this.name = name;
    }
  };
  ObjectDefineProperty(errorClass, "name", { __proto__: null, value: name });
  core.registerErrorClass(name, errorClass);
  errors[name] = errorClass;
}

function toPath(path) {
  const { pathFromURL } = core.loadExtScript("ext:deno_web/00_infra.js");
  const result = pathFromURL(path);
  if (typeof result !== "string") {
    throw new TypeError("A path must be a string or a file URL");
  }
  return result;
}

async function readTextFile(path) {
  return await op_app_read_text_file(toPath(path), `${path}`);
}

async function writeTextFile(path, data, options) {
  if (typeof data !== "string") {
    throw new TypeError("The data of writeTextFile() must be a string");
  }
  await op_app_write_text_file(toPath(path), `${path}`, data, {
    append: options?.append ?? false,
    create: options?.create ?? true,
    createNew: options?.createNew ?? false,
  });
}

function exit(code = 0) {
  if (!NumberIsInteger(code)) {
    throw new TypeError("The exit code must be an integer");
  }
  op_app_exit(code);
  // The engine has been told to stop, which it does at its next check: here.
  while (true);
}

function inspect(value, options) {
  return core.loadExtScript("ext:deno_web/01_console.js").inspect(
    value,
    options,
  );
}

function install(boot) {
  const { arch, os } = core.build;
  ObjectDefineProperty(globalThis, "Deno", {
    __proto__: null,
    value: {
      args: ObjectFreeze(boot.args),
      build: ObjectFreeze({ arch, os }),
      errors,
      exit,
      inspect,
      mainModule: boot.mainModule,
      readTextFile,
      writeTextFile,
    },
    configurable: true,
    enumerable: false,
    writable: true,
  });
}

return { install };
})();
