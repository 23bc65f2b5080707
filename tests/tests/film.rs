//! The film strip of a top-up.

use meterpost_tests::scenario::film::film;

/// Spanish writes its money with the sign behind it, so nothing in the scenario may look for how Chinese writes it.
#[test]
fn a_top_up_can_be_filmed_in_a_language_that_writes_money_another_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let strips = film(folder.path(), &["es"], |_| {}).expect("a film");
    assert_eq!(strips, [folder.path().join("strip-es.png")]);
    let strip = std::fs::read(&strips[0]).expect("a strip");
    assert!(strip.starts_with(b"\x89PNG"));
    let pictures = std::fs::read_dir(folder.path().join("es")).expect("pictures");
    let mut names: Vec<String> = pictures
        .map(|entry| {
            entry
                .expect("one")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    let first = names.first().expect("one");
    assert_eq!(first, "01-attract.png");
    for screen in ["number", "reading", "meter", "cash", "delivering", "done"] {
        assert!(
            names.iter().any(|name| name.contains(screen)),
            "{screen}: {names:?}"
        );
    }
    assert!(
        names.last().expect("one").ends_with("-attract.png"),
        "{names:?}"
    );
}
