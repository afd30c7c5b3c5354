use rejoin_tests::enes::{*, workload::*, delta_based::*, ours::*};
fn all<W: Workload>(name:&str, w:&W){
  for order in [Order::Phased, Order::Together] { for (t,topo) in [("mesh",Topology::mesh()),("tree",Topology::tree()),("ring",Topology::ring(15)),("star",Topology::star(15))] {
   for loss in [0,5,20] {
    let plan=Plan{order,loss,..Plan::PAPER};
    let show=|a:&str,o:Outcome| println!("{name} {order:?} {t} {loss} {a}: units {} strict {} (ent {} del {} ack {} dig {} wish {}) msgs {} lag {} conv {} silent {} buf {:.1} left {} busiest {} cpu {:?}",o.sent.units(),o.sent.strict(),o.sent.entries,o.sent.deltas,o.sent.acks,o.sent.digests,o.sent.wishes,o.sent.messages, o.lag,o.converged,o.silent,o.buffered,o.left,o.busiest,o.cpu);
    show("bp+rr",Network::new(topo.clone(),plan,|i,n|DeltaBased::<W::State>::new(i,n,Options::BOTH)).run(w));
    show("ours",Network::new(topo.clone(),plan,|i,n|Ours::<W::State>::new(i,n)).run(w));
  }}}
}
fn main(){ all("gset",&Additions); if std::env::args().count()>1 {all("gcounter",&Increments); all("gmap10",&Updates{percent:10}); all("gmap100",&Updates{percent:100});} }
