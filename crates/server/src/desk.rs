//! What every request needs: the store, the world, profiles and keys. One for a server, shared by all its tasks.

use crate::bedside::Bedside;
use crate::config::Config;
use crate::hooks::Guard;
use crate::library::{Base, Edition, Holder};
use crate::observe::Metrics;
use crate::revision::{BackTests, Shadows};
use crate::stays::Stays;
use agency::{Area, File, IdKind, Ids, Institution, Law, Needs, Staff, World};
use gateway::{EnvelopeKeys, HeaderKey, Profile, Sm4Key};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use store::{Store, StoreError};

/// Owner of what everybody shares: institutions, staff, areas.
pub const REGISTRY: &str = "registry";

/// The shared state of a server.
pub struct Desk {
    /// Records.
    pub store: Store,
    /// What was configured.
    pub config: Config,
    /// Counters.
    pub metrics: Metrics,
    /// Callers of header schemes.
    pub keys: Vec<HeaderKey>,
    /// Keys of the envelope signature.
    pub envelope: Option<EnvelopeKeys>,
    /// Cipher of outputs.
    pub cipher: Option<Sm4Key>,
    /// Rules and knowledge in force.
    pub library: Holder,
    /// Reminders before and during care.
    pub(crate) bedside: Bedside,
    /// What was found of stays earlier.
    pub(crate) stays: Stays,
    /// Visits that were settled and are to be looked at by the review.
    pub(crate) settled: crate::review::Waiting,
    /// Changed rules being tried on past claims.
    pub(crate) back_tests: BackTests,
    /// What changed rules in the shadow would have said.
    pub(crate) shadows: Arc<Shadows>,
    /// Who may ask by CDS Hooks.
    pub hook_guard: Guard,
    world: RwLock<Arc<World>>,
    profiles: RwLock<HashMap<String, Arc<Profile>>>,
    default_profile: Arc<Profile>,
    replies: AtomicU64,
    stopping: AtomicBool,
    clock: review::Clock,
    /// Institutions that findings are about: name and area by code.
    reviewed: RwLock<Arc<BTreeMap<String, (String, String)>>>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration asks for what cannot be.
    #[error("配置有误：{0}")]
    Config(String),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address is taken, or not ours.
    #[error("无法监听 {address}：{reason}；请换 listen 地址，或停掉占用它的程序")]
    Listen {
        /// Address.
        address: std::net::SocketAddr,
        /// What the system said.
        reason: String,
    },
    /// What the registers hold cannot be read.
    #[error("登记数据有误：{0}")]
    Registers(String),
    /// The rules or the knowledge that came along are wrong; a line each.
    #[error("规则库有误：\n{0}")]
    Library(String),
}

impl Desk {
    /// Opens the desk over a store.
    ///
    /// # Errors
    /// A profile or key that cannot be used; registers that cannot be read.
    pub async fn open(store: Store, config: Config, law: Arc<Law>, library: Base) -> Result<Self, StartError> {
        let default_profile = Arc::new(Profile::packed(&config.profile).map_err(StartError::Config)?);
        let envelope = config
            .sm2
            .as_ref()
            .map(|keys| EnvelopeKeys::from_hex(&keys.private_key, &keys.public_key))
            .transpose()
            .map_err(StartError::Config)?;
        let cipher = config.sm4_key.as_deref().map(sm4_cipher).transpose().map_err(StartError::Config)?;
        let keys = config.keys.iter().map(|key| HeaderKey { id: key.id.clone(), secret: key.secret.clone() });
        let hook_guard = Guard::new(&config.cds_clients, config.base()).map_err(StartError::Config)?;
        let library = Holder::open(library).map_err(|problems| {
            StartError::Library(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        let world = World {
            institutions: HashMap::new(),
            staff: HashMap::new(),
            areas: HashMap::new(),
            law,
            voucher_secret: config.voucher_secret.clone(),
        };
        let bedside = Bedside::start(&store, &config).await?;
        let calendar = review::Calendar::shipped().map_err(|error| StartError::Config(error.what))?;
        let clock = review::Clock { calendar, limits: config.review.clone() };
        let desk = Self {
            keys: keys.collect(),
            envelope,
            cipher,
            library,
            bedside,
            stays: Stays::default(),
            settled: crate::review::Waiting::default(),
            back_tests: BackTests::default(),
            shadows: Arc::new(Shadows::of(store.ids().next(IdKind::Document))),
            hook_guard,
            metrics: Metrics::default(),
            world: RwLock::new(Arc::new(world)),
            profiles: RwLock::new(HashMap::new()),
            default_profile,
            replies: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            clock,
            reviewed: RwLock::default(),
            store,
            config,
        };
        desk.refresh().await?;
        Ok(desk)
    }

    /// The world as it is now.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.world.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads institutions, staff and areas again, and takes over a library that another process put into force.
    ///
    /// # Errors
    /// When they cannot be read; the world stays as it was.
    pub async fn refresh(&self) -> Result<(), StartError> {
        let notes = self.store.notes("agency", "institution", None).await?;
        let named = |note: store::Note| Some((note.name, serde_json::from_str::<(String, String)>(&note.body).ok()?));
        let reviewed = notes.into_iter().filter_map(named).collect();
        *self.reviewed.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(reviewed);
        let kinds = ["institution", "staff", "area"].map(|kind| (kind.to_owned(), String::new()));
        let file = self.store.load(REGISTRY, &Needs { documents: kinds.to_vec(), ..Needs::default() }).await?;
        let before = self.world();
        let world = World {
            institutions: read(&file, "institution", |known: &Institution| known.code.clone())?,
            staff: read(&file, "staff", |known: &Staff| known.code.clone())?,
            areas: read(&file, "area", |known: &Area| known.code.clone())?,
            law: Arc::clone(&before.law),
            voucher_secret: before.voucher_secret.clone(),
        };
        self.bedside.learn(&world);
        let mut profiles = HashMap::new();
        for area in world.areas.values().filter(|area| !area.profile.is_empty()) {
            let profile = Profile::packed(&area.profile).map_err(StartError::Registers)?;
            profiles.insert(area.code.clone(), Arc::new(profile));
        }
        *self.profiles.write().unwrap_or_else(PoisonError::into_inner) = profiles;
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
        // I8 is not at stake when the library cannot be brought up to date: answers state the version they rest on, and
        // settlement waits for no audit.
        if let Err(error) = self.library.refresh(&self.store).await {
            tracing::error!(%error, "library not brought up to date");
        }
        self.shadows.flush(&self.store).await?;
        Ok(())
    }

    /// The rules and knowledge in force. A request takes one and keeps it to its end.
    #[must_use]
    pub fn edition(&self) -> Arc<Edition> {
        self.library.edition()
    }

    /// Deadlines and limits of the review.
    #[must_use]
    pub const fn review_clock(&self) -> &review::Clock {
        &self.clock
    }

    /// Name and area of an institution that findings are about.
    pub(crate) fn reviewed(&self, code: &str) -> Option<(String, String)> {
        self.reviewed.read().unwrap_or_else(PoisonError::into_inner).get(code).cloned()
    }

    /// All of them.
    pub(crate) fn all_reviewed(&self) -> BTreeMap<String, (String, String)> {
        BTreeMap::clone(&self.reviewed.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How an area speaks.
    #[must_use]
    pub fn profile(&self, area: &str) -> Arc<Profile> {
        let profiles = self.profiles.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(profiles.get(area).unwrap_or(&self.default_profile))
    }

    /// Number of the next reply.
    pub fn next_reply(&self) -> u64 {
        self.replies.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether the server is being stopped.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Says that the server is being stopped: it is not ready for more.
    pub fn stop(&self) {
        self.back_tests.stop();
        self.stopping.store(true, Ordering::Relaxed);
    }
}

fn sm4_cipher(hex: &str) -> Result<Sm4Key, String> {
    let digits: Option<Vec<u8>> = (0..hex.len() / 2)
        .map(|at| hex.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let key = digits.filter(|_| hex.len() == 32).ok_or("sm4_key 应为 32 位十六进制（16 字节）")?;
    Sm4Key::new(&key).map_err(|error| error.to_string())
}

/// Registered things of a kind, by code.
fn read<T: serde::de::DeserializeOwned>(
    file: &File,
    kind: &str,
    code: fn(&T) -> String,
) -> Result<HashMap<String, T>, StartError> {
    let mut known = HashMap::new();
    for document in file.documents.iter().filter(|document| document.kind == kind && !document.deleted) {
        let record: T = serde_json::from_str(&document.content)
            .map_err(|error| StartError::Registers(format!("{kind} {}：{error}", document.key)))?;
        known.insert(code(&record), record);
    }
    Ok(known)
}
