//! An object store that speaks the S3 protocol, read from code that waits.
//!
//! Endpoint, region and key come from the environment, by the names of the `object_store` crate: `AWS_ENDPOINT`,
//! `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_ALLOW_HTTP` … They are never shown.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};

use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::{NamedTempFile, TempPath};
use tokio::runtime::Runtime;

use crate::LakeError;

/// A prefix of a bucket.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    prefix: Key,
    store: Arc<dyn ObjectStore>,
}

impl Store {
    /// Reads `s3://BUCKET/PREFIX` and the environment.
    pub(crate) fn of(name: &Path) -> Result<Self, LakeError> {
        let refused = |reason: String| LakeError::Refused(format!("对象存储 {}：{reason}", name.display()));
        let text = name.to_str().and_then(|name| name.strip_prefix("s3://")).unwrap_or_default();
        let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
        if bucket.is_empty() {
            return Err(refused("应写成 s3://桶/前缀".into()));
        }
        let built = AmazonS3Builder::from_env().with_bucket_name(bucket).build();
        let store = built.map_err(|e| {
            refused(format!(
                "设置有误（{e}）；请核对环境变量 AWS_ENDPOINT、AWS_REGION、AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY"
            ))
        })?;
        let prefix = Key::parse(prefix.trim_end_matches('/')).map_err(|e| refused(e.to_string()))?;
        Ok(Self { prefix, store: Arc::new(store) })
    }

    /// The store of the whole bucket.
    pub(crate) fn of_bucket(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// The key of a file.
    fn key(&self, path: &str) -> Key {
        path.split('/').fold(self.prefix.clone(), |key, part| key.join(part))
    }

    /// Reads an object whole.
    pub(crate) fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let (store, key) = (Arc::clone(&self.store), self.key(path));
        wait(async move { Ok(store.get(&key).await?.bytes().await?.to_vec()) })
    }

    /// The lengths of all objects below the prefix, by path.
    pub(crate) fn lengths(&self) -> io::Result<BTreeMap<String, u64>> {
        let (store, prefix) = (Arc::clone(&self.store), self.prefix.clone());
        wait(async move {
            let mut found = BTreeMap::new();
            let mut objects = store.list(Some(&prefix));
            while let Some(object) = objects.try_next().await? {
                if let Some(parts) = object.location.prefix_match(&prefix) {
                    let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
                    found.insert(parts.join("/"), object.size);
                }
            }
            Ok(found)
        })
    }

    /// Fetches an object to a temporary file.
    pub(crate) fn fetch(&self, path: &str) -> io::Result<TempPath> {
        let (store, key) = (Arc::clone(&self.store), self.key(path));
        wait(async move {
            let mut file = NamedTempFile::with_prefix("yibao-lake-")?;
            let mut bytes = store.get(&key).await?.into_stream();
            while let Some(piece) = bytes.try_next().await? {
                file.write_all(&piece)?;
            }
            Ok(file.into_temp_path())
        })
    }
}

/// Waits for what a store answers. The work is done by a runtime of its own, so that the caller may be on any thread,
/// a runtime's among them.
fn wait<T: Send + 'static>(work: impl Future<Output = io::Result<T>> + Send + 'static) -> io::Result<T> {
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
    let start = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = RUNTIME.get_or_init(start).as_ref().map_err(|e| io::Error::new(e.kind(), e.to_string()))?;
    let (sender, answer) = mpsc::channel();
    runtime.spawn(async move { sender.send(work.await) });
    answer.recv().map_err(io::Error::other)?
}
