//! The store holds the contract.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use custom_store::RedbStore;
use ovgs_store::contract::{Fixture, Opened};

/// A file in a folder of its own. It is opened once: redb keeps others out for as long as a handle is about.
#[derive(Debug)]
struct File {
    path: PathBuf,
    store: std::sync::OnceLock<RedbStore>,
    _folder: tempfile::TempDir,
}

impl File {
    fn new() -> std::io::Result<File> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("ovgs.redb");
        Ok(File { path, store: std::sync::OnceLock::new(), _folder: folder })
    }
}

#[async_trait]
impl Fixture for File {
    async fn open(&self) -> Opened {
        if let Some(store) = self.store.get() {
            return Ok(Arc::new(store.clone()));
        }
        let store = RedbStore::open(&self.path)?;
        Ok(Arc::new(self.store.get_or_init(|| store).clone()))
    }
}

mod contract {
    ovgs_store::store_contract!(super::File::new()?);
}

/// What the contract cannot see through a handle that is still open: all of it is in the file.
#[test]
fn everything_is_in_the_file() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ovgs.redb");
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        use ovgs_domain::{Author, Description, OrgId, Username};
        use ovgs_store::{Organizations, Stamp};

        let org = OrgId::parse("org-a")?;
        let stamp = Stamp { author: Author::Cli(Username::parse("root")?), at: std::time::UNIX_EPOCH.into() };
        let store = RedbStore::open(&path)?;
        store.create_org(&org, &Description::parse("A")?, &stamp).await?;
        assert!(RedbStore::open(&path).is_err(), "two handles on one file");
        drop(store);
        let again = RedbStore::open(&path)?;
        assert!(again.org(&org).await?.is_some());
        Ok(())
    })
}
