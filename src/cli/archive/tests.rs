//! Backups that were cut, bent and forged: none of them may leave a byte behind.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use proptest::prelude::*;
use tar::{Builder, EntryType, Header};

use super::*;

fn created() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn bytes(name: &str, content: &[u8]) -> Member {
    Member { name: name.into(), source: Source::Bytes(content.to_vec()), may_vanish: false }
}

fn file(name: &str, path: PathBuf, may_vanish: bool) -> Member {
    Member { name: name.into(), source: Source::File(path), may_vanish }
}

/// A folder with a database, two photos and a backup of them.
fn backed_up() -> (tempfile::TempDir, PathBuf, Written) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("snapshot"), vec![7u8; 700_000]).unwrap();
    fs::write(dir.path().join("photo"), b"jpeg").unwrap();
    let members = [
        file("database.sqlite", dir.path().join("snapshot"), false),
        file("media/ab/cd/abcd.jpg", dir.path().join("photo"), true),
        file("media/ab/cd/erased.jpg", dir.path().join("erased"), true),
        bytes("settings.sha256", b"1234"),
    ];
    let path = dir.path().join("onit.backup.tar");
    let mut seen = Vec::new();
    let written = write(&path, created(), "sqlite", &members, &mut |bytes| seen.push(bytes)).unwrap();
    assert_eq!(seen, [700_000, 700_004, 700_008]);
    (dir, path, written)
}

fn files_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn there_and_back() {
    let (dir, path, written) = backed_up();
    assert_eq!(written.vanished, ["media/ab/cd/erased.jpg"]);
    assert_eq!(verify(&path).unwrap(), written.manifest);
    assert_eq!((written.manifest.members.len(), written.manifest.bytes()), (3, 700_008));
    let into = dir.path().join("restored");
    fs::create_dir(&into).unwrap();
    assert_eq!(unpack(&path, &into).unwrap().database_kind, "sqlite");
    assert_eq!(fs::read(into.join("database.sqlite")).unwrap(), vec![7u8; 700_000]);
    assert_eq!(fs::read(into.join("media/ab/cd/abcd.jpg")).unwrap(), b"jpeg");
    assert_eq!(files_in(&into), ["database.sqlite", "media", "settings.sha256"]);
    assert_eq!(files_in(dir.path()), ["onit.backup.tar", "photo", "restored", "snapshot"]);
    assert!(matches!(unpack(&path, &into), Err(Error::Conflict(_))));
    assert!(matches!(write(&path, created(), "sqlite", &[], &mut |_| {}), Err(Error::Conflict(_))));
}

#[test]
fn a_failed_backup_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("b.tar");
    let check = |members: &[Member], expect: &str| {
        let error = write(&path, created(), "sqlite", members, &mut |_| {}).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
        assert_eq!(files_in(dir.path()), Vec::<String>::new());
    };
    check(&[file("database.sqlite", dir.path().join("not there"), false)], "not there");
    check(&[bytes("a", b""), bytes("a", b"")], "twice");
    for name in [
        "",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a//b",
        "a/",
        ".a",
        "a/.b",
        "a\\b",
        "C:a",
        "a\0b",
        "é",
        "manifest.json",
    ] {
        check(&[bytes(name, b"")], "cannot be the name");
    }
    check(&[bytes(&"a".repeat(101), b"")], "cannot be the name");
}

#[test]
fn cut_off_anywhere_is_refused_whole() {
    let (dir, path, _) = backed_up();
    let whole = fs::read(&path).unwrap();
    let cut = dir.path().join("cut.tar");
    let into = dir.path().join("restored");
    // The last two blocks of a tar are zeros; losing those loses nothing.
    for keep in (0..whole.len() - 1024).step_by(4_111).chain([511, 512, 513, whole.len() - 1025]) {
        fs::write(&cut, &whole[..keep]).unwrap();
        assert!(matches!(verify(&cut), Err(Error::Invalid(_))), "{keep} bytes");
        assert!(unpack(&cut, &into).is_err() && !into.exists(), "{keep} bytes");
    }
    assert_eq!(files_in(dir.path()), ["cut.tar", "onit.backup.tar", "photo", "snapshot"]);
}

/// A tar with a right mark, then whatever `fill` adds.
fn forged(fill: impl FnOnce(&mut Builder<Vec<u8>>)) -> tempfile::NamedTempFile {
    let mut tar = Builder::new(Vec::new());
    add(&mut tar, MARK_NAME, b"1\n", EntryType::Regular);
    fill(&mut tar);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), tar.into_inner().unwrap()).unwrap();
    file
}

/// Writes the name straight into the header: the library itself would refuse the wicked ones.
fn add(tar: &mut Builder<Vec<u8>>, name: &str, content: &[u8], kind: EntryType) {
    let mut header = Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o777);
    if kind.is_symlink() || kind.is_hard_link() {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    tar.append(&header, content).unwrap();
}

fn manifest(members: &[(&str, &[u8])]) -> Vec<u8> {
    let listed = |(name, content): &(&str, &[u8])| Listed {
        name: (*name).into(),
        size: content.len() as u64,
        sha256: hex(&<sha2::Sha256 as sha2::Digest>::digest(content)),
    };
    let members = members.iter().map(listed).collect();
    let manifest = Manifest {
        version: 1,
        onit: "x".into(),
        created: created(),
        database_kind: "sqlite".into(),
        members,
    };
    serde_json::to_vec(&manifest).unwrap()
}

#[test]
fn forged_archives_write_nothing_anywhere() {
    let check = |file: &tempfile::NamedTempFile, expect: &str| {
        let dir = tempfile::tempdir().unwrap();
        let into = dir.path().join("restored");
        let error = unpack(file.path(), &into).unwrap_err().to_string();
        assert!(error.contains(expect), "{expect}: {error}");
        assert_eq!(files_in(dir.path()), Vec::<String>::new());
    };
    for name in
        ["../evil", "/tmp/evil", "a/../../evil", "./a", "a/./b", "c:\\evil", "-\u{7}", ".ssh/authorized_keys"]
    {
        let file = forged(|tar| {
            add(tar, name, b"x", EntryType::Regular);
            add(tar, MANIFEST_NAME, &manifest(&[(name, b"x")]), EntryType::Regular);
        });
        check(&file, "cannot be the name");
    }
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::Fifo, EntryType::Char]
    {
        check(&forged(|tar| add(tar, "a", b"", kind)), "not a plain file");
    }
    let regular = EntryType::Regular;
    let with_manifest = |members: &[(&str, &[u8])], then: &dyn Fn(&mut Builder<Vec<u8>>)| {
        forged(|tar| {
            add(tar, "a", b"x", regular);
            add(tar, MANIFEST_NAME, &manifest(members), regular);
            then(tar);
        })
    };
    check(&with_manifest(&[("a", b"y")], &|_| {}), "not what was backed up");
    check(&with_manifest(&[("b", b"x")], &|_| {}), "not what was backed up");
    check(&with_manifest(&[], &|_| {}), "should hold 0");
    check(&with_manifest(&[("a", b"x"), ("b", b"")], &|_| {}), "should hold 2");
    check(&with_manifest(&[("a", b"x")], &|tar| add(tar, "late", b"", regular)), "after the manifest");
    let twice = forged(|tar| {
        add(tar, "Photo", b"x", regular);
        add(tar, "photo", b"x", regular);
    });
    check(&twice, "twice");
    check(&forged(|tar| add(tar, MANIFEST_NAME, b"{\"version\":1}", regular)), "manifest is damaged");
    check(&forged(|_| {}), "cut off");
}

#[test]
fn other_files_are_not_ours() {
    let check = |content: &[u8], expect: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), content).unwrap();
        let error = verify(file.path()).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    };
    check(b"", "not a backup");
    check(b"SQLite format 3\0 and so on", "not a backup");
    check(&vec![b'x'; 4096], "not a backup");
    let tar = |content: &[u8]| {
        let mut tar = Builder::new(Vec::new());
        add(&mut tar, MARK_NAME, content, EntryType::Regular);
        tar.into_inner().unwrap()
    };
    check(&tar(b"2\n"), "newer OnIt");
    check(&tar(b"one"), "not a backup");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One bent byte anywhere in header or content is noticed, unless it changed nothing that counts
    /// (owner, time, padding): then the restored files are still the right ones.
    #[test]
    fn a_bent_byte_is_noticed(at in 0usize..6_000, to: u8) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.tar");
        let members = [bytes("database.sqlite", &[1; 900]), bytes("media/a.jpg", &[2; 300])];
        write(&path, created(), "sqlite", &members, &mut |_| {}).unwrap();
        let mut bent = fs::read(&path).unwrap();
        let at = at % bent.len();
        bent[at] = to;
        fs::write(&path, &bent).unwrap();
        let into = dir.path().join("restored");
        match unpack(&path, &into) {
            Ok(_) => {
                prop_assert_eq!(fs::read(into.join("database.sqlite")).unwrap(), vec![1; 900]);
                prop_assert_eq!(fs::read(into.join("media/a.jpg")).unwrap(), vec![2; 300]);
            }
            Err(_) => prop_assert!(!into.exists()),
        }
    }

    #[test]
    fn any_bytes_are_survived(content in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), content).unwrap();
        prop_assert!(verify(file.path()).is_err());
    }
}
