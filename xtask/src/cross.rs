//! The tier `cross`: what Linux can tell of Windows and macOS. Every crate is checked for them, with
//! warnings denied, and the tests that wine can run are run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::packages::Purpose;
use crate::process::Result;
use crate::runner::Runner;
use crate::totals::Totals;
use crate::workspace;

mod compiler;
mod wine;

pub(crate) use compiler::Compiler;
use wine::Wine;

/// The one whose programs can be linked here, and that wine runs.
const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// All that is checked for.
const TARGETS: [&str; 3] = [WINDOWS, "x86_64-pc-windows-msvc", "aarch64-apple-darwin"];

/// What is checked. Features unify within one call, so webview-host alone comes once more.
const CHECKED: [&[&str]; 2] = [
    &[
        "-p=ipc-protocol",
        "-p=ipc-router",
        "-p=preload-js",
        "-p=page-socket",
        "-p=app-config",
        "-p=webview-host",
        "-p=deno-ext",
        "-p=host",
        "--all-targets",
    ],
    &["-p=webview-host", "--no-default-features", "--all-targets"],
];

/// Whose tests are run: those that link without a library that is not at hand here.
const RUN: [&[&str]; 3] = [
    &[
        "-p=ipc-protocol",
        "-p=ipc-router",
        "-p=preload-js",
        "-p=app-config",
    ],
    &["-p=webview-host", "--no-default-features"],
    WITH_WINDOWS,
];

/// The programs that want WebView2's loader beside them.
const WITH_WINDOWS: &[&str] = &["-p=webview-host", "--lib"];

/// It comes with a crate, which leaves it where it is built.
const LOADER: &str = "WebView2Loader.dll";

/// The system packages that the tier needs.
pub(crate) fn purposes() -> Vec<Purpose> {
    let own = [Purpose::Build, Purpose::Wine].into_iter();
    let compiler = Compiler::find(&TARGETS).purpose();
    own.chain(compiler).collect()
}

/// Runs the tier. Each check counts as one test; one that fails does not stop those after it.
pub(crate) fn run(totals: &mut Totals) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Err("only Linux checks for the other systems".into());
    }
    let cross = Cross::new()?;
    let mut problems = Vec::new();
    for target in TARGETS {
        for selection in CHECKED {
            match cross.check(target, selection) {
                Ok(()) => *totals += Totals::SUCCESS,
                Err(error) => {
                    *totals += Totals::FAILURE;
                    problems.push(format!("{target}: {error}"));
                }
            }
        }
    }
    problems.extend(cross.test(totals).err().map(|error| error.to_string()));
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.join("; ").into()),
    }
}

/// The compiler, and the folder of all that it makes.
struct Cross {
    compiler: Compiler,
    folder: PathBuf,
}

impl Cross {
    fn new() -> Result<Self> {
        let cross = Self {
            compiler: Compiler::find(&TARGETS),
            folder: workspace::target_dir().join("cross"),
        };
        fs::create_dir_all(cross.no_libraries())?;
        Ok(cross)
    }

    /// Where QuickJS is to find its library for WebAssembly: an empty folder, since nothing that needs
    /// the library is linked.
    fn no_libraries(&self) -> PathBuf {
        self.folder.join("none")
    }

    fn check(&self, target: &str, selection: &[&str]) -> Result<()> {
        let mut check = self.cargo(target);
        check.arg("check").args(self.arguments(target, selection));
        workspace::run(&mut check)
    }

    /// Runs tests, those of a crate in one process: a process each would take wine minutes.
    fn test(&self, totals: &mut Totals) -> Result<()> {
        let wine = Wine::start(&self.folder)?;
        let cargo = || {
            let mut cargo = self.cargo(WINDOWS);
            cargo.envs(wine.variables());
            cargo
        };
        let mut build = cargo();
        build.args(["test", "--no-run"]);
        workspace::run(build.args(self.arguments(WINDOWS, WITH_WINDOWS)))?;
        self.add_loader()?;
        let outcomes = RUN.map(|selection| {
            Runner::Libtest.run(cargo, &self.arguments(WINDOWS, selection), true, totals)
        });
        outcomes.into_iter().collect()
    }

    fn add_loader(&self) -> Result<()> {
        let built = self.folder.join(WINDOWS).join("debug");
        for entry in fs::read_dir(built.join("build"))? {
            let loader = entry?.path().join("out/x64").join(LOADER);
            if loader.exists() {
                fs::copy(&loader, built.join("deps").join(LOADER))?;
                return Ok(());
            }
        }
        Err(format!("no crate has built {LOADER}").into())
    }

    fn cargo(&self, target: &str) -> Command {
        let mut cargo = self.compiler.cargo();
        cargo
            .env("CARGO_TARGET_DIR", &self.folder)
            .env("RUSTFLAGS", "-D warnings")
            .env("WAMR_LIB_DIR", self.no_libraries());
        if target != WINDOWS {
            let stand_ins = workspace::root().join("xtask/cross");
            let target = target.replace('-', "_");
            cargo
                .env(format!("CC_{target}"), stand_ins.join("cc"))
                .env(format!("AR_{target}"), stand_ins.join("ar"));
        }
        cargo
    }

    fn arguments<'a>(&self, target: &'a str, selection: &[&'a str]) -> Vec<&'a str> {
        [self.compiler.arguments(), &["--target", target], selection].concat()
    }
}
