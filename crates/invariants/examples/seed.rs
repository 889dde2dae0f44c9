//! `cargo run -p invariants --example seed -- FOLDER`: writes what each fuzz target begins with to `FOLDER/TARGET/`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "fuzz/corpus".into()));
    for target in invariants::TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (index, octets) in invariants::seed::of(target.name).into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{index:03}")), octets)?;
        }
    }
    Ok(())
}
