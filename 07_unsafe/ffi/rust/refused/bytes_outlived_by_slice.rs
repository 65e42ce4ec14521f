//! E0505: what Deref shows belongs to the value.
fn main() {
    let bytes = syslab::Bytes::from_owner(vec![1, 2, 3]).unwrap();
    let view: &[u8] = &bytes;
    drop(bytes);
    println!("{:?}", view);
}
