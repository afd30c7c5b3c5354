//! Settings that a few machines share through a folder, such as one that a cloud drive keeps in
//! step, or a network share. There is no server, no lock, and no machine that has to be on.
//!
//! Each machine writes only its own file, and reads those of all others. So no file is ever written
//! by two, which is all that such folders are good at.
//!
//! ```sh
//! cargo run -p rejoin-maps --features serde --example settings
//! ```

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rejoin_core::{Causal, Crdt, Edit, ReplicaId};
use rejoin_identity::Identity;
use rejoin_maps::OrMap;
use rejoin_registers::MvRegister;

/// Settings by name. `MvRegister` keeps both values when two machines change one setting at once;
/// `LwwMap` would silently keep one, by clocks that may be wrong.
type Values = Causal<OrMap<String, MvRegister<String>>>;

/// The settings as one machine has them.
struct Settings {
    values: Values,
    /// Its own file.
    path: PathBuf,
    /// Who this machine is: in a place of its own, so not in the folder.
    identity: Identity,
    id: ReplicaId,
}

impl Settings {
    /// Reads all files there are, its own among them.
    ///
    /// If its own is not the one that it wrote last, because the folder was emptied, say, it
    /// writes under a fresh id. Otherwise its next changes would have the numbers of earlier ones,
    /// and be taken for these.
    fn open(home: &Path, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut identity = Identity::open(home.join("identity"))?;
        let path = folder.join(format!("{}.json", identity.node()));
        let own = if path.exists() { Some(fs::read(&path)?) } else { None };
        let id = identity.resume(own.as_deref())?;
        let mut settings = Self { values: Values::default(), path, identity, id };
        settings.refresh()?;
        Ok(settings)
    }

    /// Merges what is in the folder, and returns whether anything was new. Merging is safe at any
    /// time and as often as one likes, so nobody needs to know which files have changed.
    fn refresh(&mut self) -> Result<bool, Box<dyn Error>> {
        let mut news = false;
        let folder = self.path.parent().ok_or("no folder")?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let theirs: Values = serde_json::from_slice(&fs::read(path)?)?;
                news |= self.values.merge(theirs);
            }
        }
        Ok(news)
    }

    /// Goes on in another folder.
    fn move_to(&mut self, folder: &Path) -> Result<(), Box<dyn Error>> {
        self.path = folder.join(self.path.file_name().ok_or("no name")?);
        self.refresh()?;
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Box<dyn Error>> {
        self.values.edit(self.id, |values| values.entry(name).set(value));
        self.save()
    }

    fn reset(&mut self, name: &str) -> Result<(), Box<dyn Error>> {
        self.values.edit(self.id, |values| values.remove(name));
        self.save()
    }

    /// Writes a new file aside and renames it, so that a crash leaves the old one or the new one,
    /// and half a file is never read.
    fn save(&mut self) -> Result<(), Box<dyn Error>> {
        let aside = self.path.with_extension("writing");
        let bytes = serde_json::to_vec_pretty(&self.values)?;
        let mut file = fs::File::create(&aside)?;
        file.write_all(&bytes)?;
        file.sync_all()?; // on the disk before it takes the place of the old one
        self.identity.record(&bytes)?; // and before others can see it
        Ok(fs::rename(aside, &self.path)?)
    }

    fn show(&self, title: &str) {
        println!("{title}");
        for (name, values) in self.values.iter() {
            let mut values: Vec<_> = values.values().map(String::as_str).collect();
            values.sort_unstable();
            println!("  {name} = {}", values.join(" or "));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let [desk, laptop, shared] = [tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?];
    let mut at_desk = Settings::open(desk.path(), shared.path())?;
    at_desk.set("theme", "dark")?;
    at_desk.set("font", "serif")?;
    at_desk.set("beep", "on")?;
    let mut on_laptop = Settings::open(laptop.path(), shared.path())?;
    on_laptop.show("a new laptop");

    // Both change something before they hear of each other.
    at_desk.set("theme", "light")?;
    at_desk.reset("beep")?;
    on_laptop.set("theme", "sepia")?;
    on_laptop.set("font", "mono")?;
    assert!(at_desk.refresh()? && on_laptop.refresh()?);
    assert_eq!(at_desk.values, on_laptop.values);
    at_desk.show("both, once they have");

    // The next change settles it. Meanwhile the laptop crashes halfway through a file.
    at_desk.set("theme", "light")?;
    fs::write(shared.path().join("half.writing"), "{ \"store\": [")?;
    drop(on_laptop);
    let mut on_laptop = Settings::open(laptop.path(), shared.path())?;
    on_laptop.show("the laptop, restarted");

    // A new, empty folder takes its place. What the machines write from now on is not what they
    // wrote before, though it is as much.
    drop(at_desk);
    let empty = tempfile::tempdir()?;
    let mut at_desk = Settings::open(desk.path(), empty.path())?;
    at_desk.set("beep", "off")?;
    at_desk.set("font", "sans")?;
    on_laptop.move_to(empty.path())?; // it knows the old settings still
    on_laptop.set("theme", "blue")?;
    assert!(at_desk.refresh()?);
    assert_eq!(at_desk.values, on_laptop.values);
    at_desk.show("both, in the new folder");
    Ok(())
}
