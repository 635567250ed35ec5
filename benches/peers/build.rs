//! liboath is a peer where it is installed (Debian's `liboath-dev`).

fn main() {
    if pkg_config::probe_library("liboath").is_ok() {
        println!("cargo::rustc-cfg=liboath");
    }
}
