//! E0505: a text is the table's.
fn main() {
    let intern = syslab::Intern::new().unwrap();
    let text = intern.text(intern.put("a").unwrap()).unwrap();
    drop(intern);
    println!("{}", text);
}
