//! `onit backup FILE` while everything runs, and `onit restore FILE` after checking it.

use std::path::{Path, PathBuf};

use super::archive::{self, Member, Source};
use super::progress::spinner;
use super::{Common, print, tell, to_line};
use crate::clock::Clock;
use crate::db::{Location, snapshot};
use crate::error::{Error, Result};
use crate::media::files;

/// What `backup` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct BackupOptions {
    /// The file to write; it must not exist.
    file: PathBuf,
}

/// What `restore` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreOptions {
    /// The backup.
    file: PathBuf,
    /// Only check it.
    #[arg(long)]
    verify: bool,
}

/// Database first, photos after it: every photo a row names is in the archive, a newer one may be too.
pub(super) fn backup(common: &Common, options: &BackupOptions) -> Result<bool> {
    let settings = common.settings()?;
    let location = common.location()?;
    // Opening a file that is not there would make an empty one, and an empty backup looks like a good one.
    if let Location::Sqlite(file) = &location
        && !file.exists()
    {
        let name = file.display();
        return Err(Error::Unavailable(format!(
            "there is no database file {name}: name it with --database sqlite:FILE"
        )));
    }
    let bar = spinner("copying the database");
    let folder = tempfile::tempdir()?;
    let (kind, parts) = snapshot::take(&location, folder.path())?;
    let mut members: Vec<Member> = parts
        .into_iter()
        .map(|path| Member {
            name: format!("database/{}", name_of(&path)),
            source: Source::File(path),
            may_vanish: false,
        })
        .collect();
    let media_dir = &settings.server.media_dir;
    for photo in files::list(media_dir)? {
        let inside = photo.to_string_lossy().replace('\\', "/");
        members.push(Member {
            name: format!("media/{inside}"),
            source: Source::File(media_dir.join(&photo)),
            may_vanish: true,
        });
    }
    bar.set_message("writing the archive, MB");
    let mut show = |bytes: u64| bar.set_position(bytes / 1_000_000);
    let written = archive::write(&options.file, Clock::machine().now(), kind, &members, &mut show)?;
    bar.finish_and_clear();
    if common.json {
        print(&to_line(&written.manifest)?)?;
    } else {
        let mb = written.manifest.bytes() / 1_000_000;
        let photos = written.manifest.members.iter().filter(|m| m.name.starts_with("media/")).count();
        tell(&format!("{}: the database and {photos} photo files, {mb} MB, checked", options.file.display()));
    }
    Ok(true)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Checks every byte before anything is written, then fills an empty database and the media folder.
pub(super) fn restore(common: &Common, options: &RestoreOptions) -> Result<bool> {
    let checking = spinner("checking every byte");
    let manifest = archive::verify(&options.file)?;
    checking.finish_and_clear();
    if options.verify {
        tell(&format!("{}: whole, written {}", options.file.display(), manifest.created));
        return Ok(true);
    }
    let settings = common.settings()?;
    let bar = spinner("bringing it back");
    let folder = tempfile::tempdir()?;
    let unpacked = folder.path().join("unpacked");
    archive::unpack(&options.file, &unpacked)?;
    snapshot::bring_back(&common.location()?, &manifest.database_kind, &unpacked.join("database"))?;
    let held = snapshot::hold_replies(&common.location()?, Clock::machine().now().into())?;
    let mut photos = 0;
    for member in manifest.members.iter().filter_map(|m| m.name.strip_prefix("media/")) {
        let to = settings.server.media_dir.join(member);
        let parent = to.parent().ok_or_else(|| Error::Invalid(format!("{member}: no folder")))?;
        std::fs::create_dir_all(parent)?;
        std::fs::copy(unpacked.join("media").join(member), &to)?;
        photos += 1;
        bar.set_position(photos);
    }
    bar.finish_and_clear();
    tell(&format!("restored: database and {photos} photo files, written {}", manifest.created));
    tell(&format!(
        "sending is stopped, and {held} unsent replies are looked for on their networks first: start it again on the \
         staff board when the other copy of this city is surely off"
    ));
    Ok(true)
}
