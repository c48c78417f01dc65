//! The image: what goes in comes out, and nothing else is let in.

use crate::small::{catalogue, tables};
use catalog::{CatalogError, Catalogue, Digest};

#[test]
fn i10_an_image_brings_back_the_catalogue_of_its_input() {
    let catalogue = catalogue();
    let image = catalogue.to_image();
    let loaded = Catalogue::from_image(&image, Catalogue::hash_of(&tables().files())).unwrap();
    assert_eq!(loaded.to_image(), image);
    assert_eq!(loaded.hash(), catalogue.hash());
    assert_eq!(loaded.sources(), catalogue.sources());
    for query in ["I10", "氨基酸", "003315180050000", "陕西"] {
        assert_eq!(loaded.lookup(query, None), catalogue.lookup(query, None), "{query}");
    }
}

#[test]
fn every_changed_or_missing_byte_is_noticed() {
    let catalogue = catalogue();
    let image = catalogue.to_image();
    let hash = catalogue.hash();
    for at in 0..image.len() {
        let mut broken = image.clone();
        broken[at] ^= 0x10;
        assert!(Catalogue::from_image(&broken, hash).is_err(), "byte {at}");
        assert!(Catalogue::from_image(&image[..at], hash).is_err(), "length {at}");
    }
    let mut longer = image.clone();
    longer.push(0);
    assert_eq!(Catalogue::from_image(&longer, hash).unwrap_err(), CatalogError::Damaged);
}

#[test]
fn each_kind_of_wrong_image_has_its_error() {
    let catalogue = catalogue();
    let (image, hash) = (catalogue.to_image(), catalogue.hash());
    let changed = |at: usize| {
        let mut changed = image.clone();
        changed[at] ^= 1;
        Catalogue::from_image(&changed, hash).unwrap_err()
    };
    assert_eq!(changed(0), CatalogError::Foreign);
    assert!(matches!(changed(8), CatalogError::OtherVersion { .. }));
    assert!(matches!(changed(12), CatalogError::OtherInput { .. }));
    assert_eq!(changed(44), CatalogError::Damaged);
    assert_eq!(changed(image.len() - 1), CatalogError::Damaged);
    let other = Digest([7; 32]);
    assert_eq!(Catalogue::from_image(&image, other).unwrap_err(), CatalogError::OtherInput { found: hash });
    assert_eq!(Catalogue::from_image(b"", hash).unwrap_err(), CatalogError::Foreign);
}

#[test]
fn the_hash_follows_content_and_ignores_strangers() {
    let tables = tables();
    let mut files = tables.files();
    let hash = Catalogue::hash_of(&files);
    files.push(("README.md", b"whatever"));
    assert_eq!(Catalogue::hash_of(&files), hash);
    files.iter_mut().find(|(name, _)| *name == "tcm_pieces.csv").unwrap().1 = b"code,name\nT000100057,\xE8\x96\x84\n";
    assert_ne!(Catalogue::hash_of(&files), hash);
}
