/// The most bytes that `f` had allocated at once, on this thread.
pub(crate) fn peak<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(f()));
    let bytes = usize::try_from(counted.bytes_max).expect("less than the address space");
    (result.expect("it was called"), bytes)
}
