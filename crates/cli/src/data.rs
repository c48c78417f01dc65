//! The data beside the code: rules, knowledge, catalogue. Packed into the binary, or from a folder
//! named with `--data`.
//!
//! The catalogue is kept as a binary image in the user's cache, named by the hash of its tables, so
//! that only the first start reads the text tables.

use anyhow::{Context, Result, bail};
use audit::{Cases, Library, Sources};
use catalog::{Catalogue, LocalMap};
use knowledge::{Knowledge, Source};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

// One a folder: what is packed is walked whole (by a debug build at every start), and beside these lie the console's packages.
#[derive(RustEmbed)]
#[folder = "../../rules"]
#[prefix = "rules/"]
#[include = "**/*.md"]
struct PackedRules;

#[derive(RustEmbed)]
#[folder = "../../knowledge"]
#[prefix = "knowledge/"]
#[include = "*.csv"]
#[include = "book/*.csv"]
#[include = "derived/*.csv"]
#[include = "reviewed/*.csv"]
#[include = "assumed/*.csv"]
#[include = "examples/*.csv"]
struct PackedKnowledge;

#[derive(RustEmbed)]
#[folder = "../../catalog"]
#[prefix = "catalog/"]
#[include = "*.csv"]
#[include = "*.toml"]
struct PackedCatalogue;

#[derive(RustEmbed)]
#[folder = "../../policy"]
#[prefix = "policy/"]
#[include = "**/*.toml"]
#[include = "**/*.csv"]
struct PackedPolicy;

#[derive(RustEmbed)]
#[folder = "../../indicators"]
#[prefix = "indicators/"]
#[include = "*.toml"]
struct PackedIndicators;

/// Files by name relative to the data folder, in name order.
pub struct DataFiles {
    files: Vec<(String, Vec<u8>)>,
    /// The folder they came from; `None` when packed into the binary.
    pub folder: Option<PathBuf>,
}

/// Everything an audit needs, ready.
pub struct Data {
    pub knowledge: Arc<Knowledge>,
    pub library: Arc<Library>,
    pub rules_hash: String,
    pub knowledge_hash: String,
    pub catalogue_hash: String,
}

impl DataFiles {
    /// The packed files, or those of a folder that holds `rules/`, `knowledge/` and `catalog/`.
    pub fn open(folder: Option<&Path>) -> Result<Self> {
        let mut files = Vec::new();
        match folder {
            None => {
                unpack::<PackedRules>(&mut files);
                unpack::<PackedKnowledge>(&mut files);
                unpack::<PackedCatalogue>(&mut files);
                unpack::<PackedPolicy>(&mut files);
                unpack::<PackedIndicators>(&mut files);
            }
            Some(folder) => {
                for part in ["rules", "knowledge", "catalog"] {
                    let root = folder.join(part);
                    if !root.is_dir() {
                        bail!(
                            "数据目录 {} 中没有 {part}/；请指向包含 rules、knowledge、catalog 的目录",
                            folder.display()
                        );
                    }
                    collect(&root, part, &mut files)?;
                }
                // Older data folders have no policy; commands that need one say so, or are told --policy.
                if folder.join("policy").is_dir() {
                    collect(&folder.join("policy"), "policy", &mut files)?;
                }
                // A locality's own data folder need not define indicators.
                if folder.join("indicators").is_dir() {
                    collect(&folder.join("indicators"), "indicators", &mut files)?;
                }
            }
        }
        files.sort();
        Ok(Self { files, folder: folder.map(Path::to_path_buf) })
    }

    /// Files below a prefix, named without it.
    pub fn below<'s>(&'s self, prefix: &str) -> Vec<(&'s str, &'s [u8])> {
        self.files.iter().filter_map(|(name, bytes)| Some((name.strip_prefix(prefix)?, bytes.as_slice()))).collect()
    }

    /// One file.
    pub fn file(&self, name: &str) -> &[u8] {
        self.files.iter().find(|(known, _)| known == name).map_or(&[], |(_, bytes)| bytes)
    }

    /// SHA-256 over names and contents below a prefix.
    pub fn hash(&self, prefix: &str) -> String {
        let mut hash = Sha256::new();
        for (name, bytes) in self.below(prefix) {
            hash.update(name.as_bytes());
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        hex(&hash.finalize())
    }

    /// The catalogue: from its image when there is one for these tables, else read and imaged.
    pub fn catalogue(&self) -> Result<Catalogue> {
        let files = self.below("catalog/");
        let hash = Catalogue::hash_of(&files);
        let image = cache_folder().map(|folder| folder.join(format!("catalogue-{hash}.img")));
        let imaged = image.as_ref().and_then(|path| std::fs::read(path).ok());
        if let Some(Ok(catalogue)) = imaged.map(|bytes| Catalogue::from_image(&bytes, hash)) {
            return self.with_local_map(catalogue);
        }
        let catalogue = Catalogue::read(&files).map_err(|problems| all("目录（catalog）", &problems))?;
        if let Some(path) = image {
            // A cache that cannot be written only costs time at the next start.
            let _ = write_atomically(&path, &catalogue.to_image());
        }
        self.with_local_map(catalogue)
    }

    fn with_local_map(&self, catalogue: Catalogue) -> Result<Catalogue> {
        let bytes = self.file("catalog/local_map.csv");
        if bytes.is_empty() {
            return Ok(catalogue);
        }
        let map = LocalMap::read("catalog/local_map.csv", bytes, &catalogue)
            .map_err(|problems| all("本地编码映射", &problems))?;
        Ok(catalogue.with_local_map(map))
    }

    /// The knowledge tables.
    pub fn knowledge(&self, examples: Examples) -> Result<Knowledge> {
        let files = self.below("knowledge/");
        let mut sources = vec![Source::Published, Source::Book, Source::Derived, Source::Assumed, Source::Local];
        if examples == Examples::Included {
            sources.push(Source::Example);
        }
        Knowledge::read_sources(&files, &sources).map_err(|problems| all("知识库（knowledge）", &problems))
    }

    /// The rule files as text.
    pub fn rules(&self) -> Result<Vec<(String, String)>> {
        let files = self.below("rules/").into_iter().filter(|(name, _)| name.ends_with(".md"));
        files
            .map(|(name, bytes)| {
                let text =
                    String::from_utf8(bytes.to_vec()).with_context(|| format!("rules/{name} 不是 UTF-8 文本"))?;
                Ok((format!("rules/{name}"), text))
            })
            .collect()
    }

    /// Rules and knowledge as a server takes them.
    pub fn library(&self) -> Result<server::library::Files> {
        let belongs = |name: &str| {
            (name.starts_with("rules/") && name.ends_with(".md"))
                || (name.starts_with("knowledge/") && name.ends_with(".csv"))
        };
        let files = self.files.iter().filter(|(name, _)| belongs(name));
        server::library::Files::read(files.cloned()).map_err(|problems| all("规则库", &problems))
    }

    /// Compiles everything; all problems of all files come at once, and nothing runs then.
    pub fn load(&self, examples: Examples, cases: Cases) -> Result<Data> {
        let catalogue = self.catalogue();
        let knowledge = self.knowledge(examples);
        let (catalogue, knowledge) = match (catalogue, knowledge) {
            (Ok(catalogue), Ok(knowledge)) => (Arc::new(catalogue), Arc::new(knowledge)),
            (Err(one), Err(other)) => bail!("{one}\n{other}"),
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let rules = self.rules()?;
        let sources =
            Sources { rules: &rules, knowledge: Arc::clone(&knowledge), catalogue: Arc::clone(&catalogue), cases };
        let library = Library::compile(&sources).map_err(|problems| all("规则库（rules）", &problems))?;
        Ok(Data {
            library: Arc::new(library),
            rules_hash: self.hash("rules/"),
            knowledge_hash: self.hash("knowledge/"),
            catalogue_hash: catalogue.hash().to_string(),
            knowledge,
        })
    }
}

/// Whether example points (invented, marked as such) take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examples {
    Included,
    LeftOut,
}

/// One error for many problems: a line each.
pub fn all<P: Display>(what: &str, problems: &[P]) -> anyhow::Error {
    let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
    anyhow::anyhow!("{what}有 {} 处错误，未运行：\n{}", problems.len(), lines.join("\n"))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unpack<Packed: RustEmbed>(files: &mut Vec<(String, Vec<u8>)>) {
    for name in Packed::iter() {
        let Some(file) = Packed::get(&name) else { continue };
        files.push((name.to_string(), file.data.into_owned()));
    }
}

/// Data files below a folder, named below `name`.
pub fn collect(folder: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("读不了目录 {}", folder.display()))? {
        let path = entry?.path();
        let Some(leaf) = path.file_name().and_then(|leaf| leaf.to_str()) else { continue };
        let inner = format!("{name}/{leaf}");
        if path.is_dir() {
            collect(&path, &inner, files)?;
        } else if matches!(path.extension().and_then(|e| e.to_str()), Some("csv" | "toml" | "md"))
            && leaf != "README.md"
        {
            files.push((inner, std::fs::read(&path).with_context(|| format!("读不了 {}", path.display()))?));
        }
    }
    Ok(())
}

fn cache_folder() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.map(|base| base.join("yibao"))
}

/// Two processes may write the same image at once: each writes its own file, the rename is atomic.
fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    std::fs::create_dir_all(folder)?;
    let partial = path.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::write(&partial, bytes)?;
    std::fs::rename(partial, path)
}
