// Options that Rust reads: as JSON, which must not lose any of them.

(function () {
  /** Shared by two modules, each of which has its own `errors`: what errors.js returns. */
  return function optionsWith({ codedError, isText, shown, describe }) {
    /** What JSON has a form for, as `Object.prototype.toString` names it. */
    const TYPES = ["Object", "Array", "String", "Number", "Boolean"];

    /** The type of what has no such form. */
    function foreignType(value) {
      if (typeof value !== "object" || value === null) {
        return ["function", "symbol", "bigint"].includes(typeof value) ? typeof value : undefined;
      }
      const type = Object.prototype.toString.call(value).slice("[object ".length, -1);
      return TYPES.includes(type) ? undefined : type;
    }

    /** The JSON text of options, which are an object; an error has the code `code`. */
    function encodeOptions(code, options) {
      const bad = (message, properties) => codedError(TypeError, code, message, properties);
      /** What the options are called that are objects, for those that are inside of them. */
      const paths = new Map();

      function pathOf(parent, name) {
        const path = paths.get(parent);
        if (!path) return name;
        return Array.isArray(parent) ? `${path}[${name}]` : `${path}.${name}`;
      }

      /** Throws at what JSON would silently drop, empty or turn into null, and Rust cannot read. */
      function check(name, value) {
        const path = pathOf(this, name);
        const type = foreignType(value);
        if (type !== undefined) throw bad(`option \`${path}\` cannot be a ${type}`);
        if (typeof value === "number" && !Number.isFinite(value)) {
          throw bad(`option \`${path}\` must be a finite number, not ${value}`);
        }
        if (typeof value === "string" && !isText(value)) {
          throw bad(`option \`${path}\` has half of a character in it, a lone surrogate`);
        }
        if (typeof value === "object" && value !== options) paths.set(value, path);
        return value;
      }

      if (typeof options !== "object" || options === null || Array.isArray(options)) {
        throw bad(`the options must be an object, not ${shown(options)}`);
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
