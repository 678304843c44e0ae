// Options that Rust reads: as JSON, which must not lose any of them.

(function () {
  /** Shared by two modules, each of which has its own `errors`: what errors.js returns. */
  return function optionsWith({ codedError, describe }) {
    /** The JSON text of options, which are an object; an error has the code `code`. */
    function encodeOptions(code, options) {
      const bad = (message, properties) => codedError(TypeError, code, message, properties);

      /** Throws at what JSON would silently drop or turn into null. */
      function check(name, value) {
        const type = typeof value;
        if (type === "function" || type === "symbol" || type === "bigint") {
          throw bad(`option \`${name}\` cannot be a ${type}`);
        }
        if (type === "number" && !Number.isFinite(value)) {
          throw bad(`option \`${name}\` is out of range`);
        }
        return value;
      }

      if (typeof options !== "object" || options === null || Array.isArray(options)) {
        throw bad("the options are an object");
      }
      try {
        return JSON.stringify(options, check);
      } catch (cause) {
        if (cause?.code === code) throw cause;
        throw bad(`the options cannot be read: ${describe(cause)}`, { cause });
      }
    }

    return { encodeOptions };
  };
})();
