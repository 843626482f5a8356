//! Areas and assets on top of a gazetteer: what a city keeps apart from its streets, and renews at other times.

use std::path::PathBuf;

use super::super::gazetteer::{City, Gazetteer};
use super::build::Work;
use super::columns::{Areas, Assets};
use super::{ImportReport, finish};
use crate::error::Result;

/// One layer to put on top.
#[derive(Clone, Debug)]
pub enum Extra {
    /// Wards, districts, the city's boundary.
    Areas(Areas),
    /// Poles, hydrants, barrels.
    Assets(Assets),
}

impl Extra {
    /// The file it is in.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            Self::Areas(map) => &map.file,
            Self::Assets(map) => &map.file,
        }
    }
}

/// A layer and the folder its file lies in.
#[derive(Clone, Debug)]
pub struct Addition {
    /// The folder.
    pub dir: PathBuf,
    /// What the file is.
    pub extra: Extra,
}

/// A gazetteer with these layers instead of its own of the same name or kind; all or nothing.
///
/// # Errors
/// `Invalid` naming the file, the feature and the fix.
pub fn add(
    base: &Gazetteer,
    additions: &[Addition],
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(Gazetteer, ImportReport)> {
    let mut report = ImportReport::default();
    let mut new = City::default();
    for addition in additions {
        let mut work = Work::new(&addition.dir, progress, &mut report);
        work.settle_at(&base.city);
        match &addition.extra {
            Extra::Areas(map) => work.areas(&mut new, map)?,
            Extra::Assets(map) => work.assets(&mut new, map)?,
        }
    }
    let mut city = base.city.clone();
    city.layers.retain(|layer| new.layers.iter().all(|other| other.name != layer.name));
    city.layers.append(&mut new.layers);
    let replaced = |kind: &str| new.assets.iter().any(|asset| asset.kind == kind);
    let old = std::mem::take(&mut city.assets);
    city.assets = old.into_iter().filter(|asset| !replaced(&asset.kind)).collect();
    city.assets.append(&mut new.assets);
    finish(city, report)
}

/// Streets were imported anew: area layers and kinds of asset that the new source does not have stay.
/// Gives the words for what stayed.
///
/// # Errors
/// `Invalid` as [`Gazetteer`]'s own check.
pub fn keep_extras(new: Gazetteer, old: &Gazetteer) -> Result<(Gazetteer, Vec<String>)> {
    let mut city = new.city;
    let mut kept = Vec::new();
    for layer in &old.city.layers {
        if city.layers.iter().all(|other| other.name != layer.name) {
            kept.push(format!("{} areas of {}", layer.areas.len(), layer.name));
            city.layers.push(layer.clone());
        }
    }
    let mut kinds: Vec<&str> = old.city.assets.iter().map(|asset| asset.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.retain(|kind| city.assets.iter().all(|asset| asset.kind != *kind));
    for kind in kinds {
        let assets: Vec<_> = old.city.assets.iter().filter(|asset| asset.kind == kind).cloned().collect();
        kept.push(format!("{} assets of kind {kind}", assets.len()));
        city.assets.extend(assets);
    }
    Ok((Gazetteer::new(city)?, kept))
}
