//! Every data type, a line each. Laws, oracles, small worlds, arbitrary values, changes, costs,
//! encodings, the `no_std` proof and the check of the docs are read from here.

/// Calls a macro with a line for each data type:
///
/// ```text
/// name: kind Type<K>  { what to do with a key };
/// ```
///
/// The kind is `lattice`, `counter` for a lattice that numbers its edits (see
/// [`Unnumbered`](rejoin_core::Unnumbered)), `store` for what needs a `Causal` around it, or `map`
/// for a lattice that is made of others. What is generic is so in `K`, a key or an element, `V`, a
/// value, and `T`, a time: whatever reads the lines says what they are. A collection says how to
/// put a key in and how to take it out at a time, and which method finds it; where nothing can be
/// taken out, `take` changes what is there.
#[macro_export]
macro_rules! for_each_type {
    ($read:ident) => {
        $read! {
            g_counter: counter GCounter;
            pn_counter: counter PnCounter;
            bounded_counter: counter BoundedCounter;
            reset_counter: store ResetCounter;

            max: lattice Max<V>;
            min: lattice Min<V>;
            lww_register: lattice LwwRegister<V, T>;
            mv_register: store MvRegister<V>;
            ew_flag: store EwFlag;
            dw_flag: store DwFlag;

            g_set: lattice GSet<K>
                { |set, key, _| put set.insert(key), take set.insert(key), has contains };
            two_phase_set: lattice TwoPhaseSet<K>
                { |set, key, _| put set.insert(key), take set.remove(&key), has contains };
            lww_element_set: lattice LwwElementSet<K, T, AddBias>
                { |set, key, at| put set.insert(at, key), take set.remove(at, key), has contains };
            lww_element_set_that_removes: lattice LwwElementSet<K, T, RemoveBias>;
            aw_set: store AwSet<K>
                { |set, key, _| put set.insert(key), take set.remove(&key), has contains };
            rw_set: store RwSet<K>
                { |set, key, _| put set.insert(key), take set.remove(key), has contains };
            aw_bag: store AwBag<K>
                { |bag, key, _| put bag.insert(key), take bag.remove(&key), has contains };

            g_map: map GMap<K, GCounter>
                { |map, key, _| put map.entry(key).increment(1), take map.entry(key).increment(1),
                  has contains_key };
            lww_map: lattice LwwMap<K, V, T>
                { |map, key, at| put map.insert(at, key, V::from(at)), take map.remove(at, key),
                  has contains_key };
            or_map: store OrMap<K, MvRegister<V>>
                { |map, key, at| put map.entry(key).set(V::from(at)), take map.remove(&key),
                  has contains_key };
            dotted: store Dotted<Max<V>>;
        }
    };
}

/// The subject of a line: the type, with its context if it needs one.
#[macro_export]
macro_rules! subject {
    (store $type:ty) => { Causal<$type> };
    ($kind:ident $type:ty) => { $type };
}
