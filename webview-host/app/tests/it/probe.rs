use crate::support::App;
#[test]
fn probe() {
    let text = std::fs::read_to_string(std::env::var("PROBE").unwrap()).unwrap();
    let app = App::new(&text).args(&["a", "--b"]).file("b.ts", "export interface X { a: number }\n\nexport function fail(x: number): never {\n  const y: number = x;\n  throw new RangeError('no ' + y);\n}\n");
    let out = app.run();
    println!(
        "--- stdout\n{}--- stderr\n{}--- exit {:?}",
        out.stdout, out.stderr, out.exit
    );
    match &out.result {
        Ok(()) => println!("ok"),
        Err(e) => println!("{}", app.describe(e)),
    }
}
