//! Says where libsyslab.so is: in SYSLAB_LIB_DIR, or where the linker looks anyway.
fn main() {
    println!("cargo:rerun-if-env-changed=SYSLAB_LIB_DIR");
    if let Ok(folder) = std::env::var("SYSLAB_LIB_DIR") {
        println!("cargo:rustc-link-search=native={}", folder);
        // So that the tests find it again when they run.
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder);
    }
    println!("cargo:rustc-link-lib=dylib=syslab");
}
