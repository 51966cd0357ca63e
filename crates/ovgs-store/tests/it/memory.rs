//! The store in memory, alone and as four ports.

use std::sync::Arc;

use ovgs_store::{
    Composed, MemoryStore, Store,
    contract::{Fixture, Opened},
};

fn one(store: impl Store) -> impl Fixture {
    let store: Arc<dyn Store> = Arc::new(store);
    move || {
        let store = store.clone();
        async move { Opened::Ok(store) }
    }
}

mod alone {
    ovgs_store::store_contract!(super::one(ovgs_store::MemoryStore::new()));
}

mod composed {
    ovgs_store::store_contract!(super::one(super::composed_of_one()));
}

fn composed_of_one() -> Composed {
    let store = Arc::new(MemoryStore::new());
    Composed::new(store.clone(), store.clone(), store.clone(), store)
}
