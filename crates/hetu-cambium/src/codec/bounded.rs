//! A bound on the cost of decoding.
//!
//! A recursive type can be nested as deep as its content is long, and decoding it would overflow
//! the stack, which ends the process. A list of values without bytes can claim any length, and
//! decoding it would never end. bincode limits neither.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Maximum depth of nesting, equal to that of `serde_json`.
pub(super) const LEVELS: usize = 128;

/// A wrapper of a deserializer, and of all that it creates, that returns an error if the value is
/// nested too deep or has too many elements.
#[derive(Debug)]
pub(super) struct Bounded<'budget, T> {
    inner: T,
    /// Number of levels that may still be entered.
    levels: usize,
    /// Number of elements that all collections together may still have.
    elements: &'budget Cell<usize>,
    /// `true` if the length comes from the content and not from the type.
    is_collection: bool,
}

impl<'budget, T> Bounded<'budget, T> {
    pub(super) const fn new(inner: T, elements: &'budget Cell<usize>) -> Self {
        Self { inner, levels: LEVELS, elements, is_collection: false }
    }

    const fn beside<U>(&self, inner: U) -> Bounded<'budget, U> {
        let Self { levels, elements, .. } = *self;
        Bounded { inner, levels, elements, is_collection: false }
    }

    fn below<U, E: Error>(&self, inner: U) -> Result<Bounded<'budget, U>, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Bounded { levels, ..self.beside(inner) }),
            None => Err(E::custom("the value is nested too deep")),
        }
    }

    /// Enters a collection. Subtracts its length from the remaining elements before memory is
    /// allocated for it.
    fn collection<U, E: Error>(
        &self,
        inner: U,
        length: Option<usize>,
    ) -> Result<Bounded<'budget, U>, E> {
        let inner = self.below(inner)?;
        if let (true, Some(length)) = (self.is_collection, length) {
            self.take_elements(length)?;
        }
        // An unknown length is counted as the elements arrive.
        let is_collection = self.is_collection && length.is_none();
        Ok(Bounded { is_collection, ..inner })
    }

    fn take_elements<E: Error>(&self, count: usize) -> Result<(), E> {
        let left = self.elements.get().checked_sub(count);
        self.elements.set(left.ok_or_else(|| E::custom("the value has too many elements"))?);
        Ok(())
    }
}

macro_rules! forward_to_visitor {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(
            self,
            $($argument: $kind,)*
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            let visitor = self.beside(visitor);
            self.inner.$method($($argument,)* visitor)
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Bounded<'_, D> {
    type Error = D::Error;

    forward_to_visitor! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let visitor = Bounded { is_collection: true, ..self.beside(visitor) };
        self.inner.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let visitor = Bounded { is_collection: true, ..self.beside(visitor) };
        self.inner.deserialize_map(visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! forward_values {
    ($($method:ident($kind:ty);)*) => {
        $(fn $method<E: Error>(self, value: $kind) -> Result<Self::Value, E> {
            self.inner.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Bounded<'_, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(formatter)
    }

    forward_values! {
        visit_bool(bool);
        visit_i8(i8);
        visit_i16(i16);
        visit_i32(i32);
        visit_i64(i64);
        visit_i128(i128);
        visit_u8(u8);
        visit_u16(u16);
        visit_u32(u32);
        visit_u64(u64);
        visit_u128(u128);
        visit_f32(f32);
        visit_f64(f64);
        visit_char(char);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        let inner = self.below(inner)?;
        self.inner.visit_some(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        let inner = self.below(inner)?;
        self.inner.visit_newtype_struct(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<Self::Value, A::Error> {
        let length = inner.size_hint();
        let inner = self.collection(inner, length)?;
        self.inner.visit_seq(inner)
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<Self::Value, A::Error> {
        let length = inner.size_hint();
        let inner = self.collection(inner, length)?;
        self.inner.visit_map(inner)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<Self::Value, A::Error> {
        let inner = self.below(inner)?;
        self.inner.visit_enum(inner)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Bounded<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        let inner = self.beside(inner);
        self.inner.deserialize(inner)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Bounded<'_, A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        let seed = self.beside(seed);
        let element = self.inner.next_element_seed(seed)?;
        if self.is_collection && element.is_some() {
            self.take_elements(1)?;
        }
        Ok(element)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Bounded<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let seed = self.beside(seed);
        let key = self.inner.next_key_seed(seed)?;
        if self.is_collection && key.is_some() {
            self.take_elements(1)?;
        }
        Ok(key)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        let seed = self.beside(seed);
        self.inner.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, 'budget, A: EnumAccess<'de>> EnumAccess<'de> for Bounded<'budget, A> {
    type Error = A::Error;
    type Variant = Bounded<'budget, A::Variant>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Self::Variant), A::Error> {
        let outside = self.beside(());
        let seed = self.beside(seed);
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, outside.beside(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Bounded<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        let seed = self.beside(seed);
        self.inner.newtype_variant_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = self.beside(visitor);
        self.inner.tuple_variant(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = self.beside(visitor);
        self.inner.struct_variant(fields, visitor)
    }
}
