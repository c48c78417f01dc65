//! The registry of scenes, and how families find their items in the published tables.

use model::Fen;

use super::{
    Build, Needs, Scene, Stage, assumed, catalogued, counter, durations, history, limits, patterns, pieces, prices,
    records, stays, treatment,
};
use crate::shelf::{ItemId, in_force};
use crate::tables::PointRow;
use crate::world::World;

/// An item that exactly one class of points limits, with one such point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limited {
    pub item: ItemId,
    pub point: usize,
}

/// Scenes being registered.
pub(crate) struct Cast<'w> {
    pub world: &'w mut World,
    scenes: Vec<Scene>,
}

/// Codes taken of one point.
const CODES_PER_POINT: usize = 2;

impl<'w> Cast<'w> {
    /// Every scene of every family.
    pub fn all(world: &'w mut World) -> Vec<Scene> {
        let mut cast = Self { world, scenes: Vec::new() };
        limits::register(&mut cast);
        counter::register(&mut cast);
        pieces::register(&mut cast);
        durations::register(&mut cast);
        prices::register(&mut cast);
        records::register(&mut cast);
        patterns::register(&mut cast);
        treatment::register(&mut cast);
        history::register(&mut cast);
        stays::register(&mut cast);
        assumed::register(&mut cast);
        catalogued::register(&mut cast);
        cast.scenes
    }

    /// Registers a scene of one day.
    pub fn scene(&mut self, needs: Needs, build: impl Fn(&mut Stage<'_>) + 'static) -> &mut Scene {
        self.long_scene(needs, 10, build)
    }

    /// Registers a scene that takes so many days.
    pub fn long_scene(&mut self, needs: Needs, days: i32, build: impl Fn(&mut Stage<'_>) + 'static) -> &mut Scene {
        let build: Build = Box::new(build);
        self.scenes.push(Scene { needs, span_days: days, quiet_days: 1, from: None, until: None, degree: None, build });
        let last = self.scenes.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "just pushed")]
        &mut self.scenes[last]
    }

    /// The items of a rule's points, as far as nothing but that rule limits them.
    pub fn limited(&mut self, rule: &str, keep: impl Fn(&PointRow) -> bool) -> Vec<Limited> {
        self.limited_by(&[rule], keep)
    }

    /// The items of the first rule's points, as far as nothing but these rules limits them.
    pub fn limited_by(&mut self, rules: &[&str], keep: impl Fn(&PointRow) -> bool) -> Vec<Limited> {
        let mut found = Vec::new();
        for (index, point) in self.world.tables.points.iter().enumerate() {
            if Some(&point.rule.as_str()) == rules.first() && keep(point) {
                let codes = point.codes.iter().take(CODES_PER_POINT);
                found.extend(codes.map(|code| (index, code.clone(), point.name.clone())));
            }
        }
        let only = |world: &World, code: &str| {
            world.shelf.points(&world.tables, code).all(|point| rules.contains(&point.rule.as_str()))
        };
        found.retain(|(_, code, name)| only(self.world, code) && !self.warned(name));
        found
            .into_iter()
            .filter_map(|(point, code, name)| Some(Limited { item: self.put(&code, &name)?, point }))
            .collect()
    }

    /// Puts an item of an example table on the shelf: a hundred yuan a unit.
    pub fn invent(&mut self, code: &str, name: &str) -> ItemId {
        self.world.shelf.invented(code, name, Fen(10_000))
    }

    /// Puts a decoction piece on the shelf.
    pub fn put_piece(&mut self, name: &str) -> ItemId {
        let World { tables, shelf, .. } = &mut *self.world;
        shelf.piece(tables, name, model::UnitPrice(1200))
    }

    /// Whether the book warns of the drug for the elderly, the pregnant or anybody else.
    fn warned(&self, name: &str) -> bool {
        self.world.tables.drug_safety.iter().any(|[_, generic, _]| generic == name)
    }

    /// Puts an item of any kind on the shelf by its national code.
    pub fn put(&mut self, code: &str, name: &str) -> Option<ItemId> {
        let World { tables, shelf, .. } = &mut *self.world;
        match code.as_bytes().first()? {
            b'X' | b'Z' => {
                let row = tables.drugs.get(name)?.iter().find(|row| row.code == code)?;
                let price = Fen(800 + i64::from(code.bytes().map(u32::from).sum::<u32>()) * 7 % 9000);
                Some(shelf.drug_of_code(tables, name, code, &row.category, price))
            }
            b'T' => Some(shelf.piece(tables, name, model::UnitPrice(3500))),
            _ => {
                let local = tables.crosswalk.iter().find(|row| row[0] == code).map(|row| row[1].clone())?;
                let shared = tables.crosswalk.iter().filter(|row| row[1] == local).count() > 1;
                if local.is_empty() || shared {
                    return None;
                }
                let item = shelf.service(tables, &local)?;
                // A price at every level, and one that a "much too dear" scene can double.
                let priced = shelf.item(item).ceiling.iter().all(|price| price.is_some_and(|p| p.0 > 0));
                (priced && shelf.item(item).code == code).then_some(item)
            }
        }
    }
}

/// One of the items whose point is in force on the stage's day.
pub(crate) fn pick_in_force(stage: &mut Stage<'_>, items: &[Limited]) -> Option<Limited> {
    let start = stage.dice.below(items.len() as u32) as usize;
    let all = items.iter().cycle().skip(start).take(items.len());
    let on = |limited: &&Limited| stage.world.tables.points.get(limited.point).is_some_and(|p| in_force(p, stage.day));
    all.copied().find(|limited| on(&limited))
}
