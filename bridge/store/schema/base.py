"""What every table is made of."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Text, text

metadata = MetaData()

Key = Text().with_variant(Text(collation="C"), "postgresql")
Counter = BigInteger().with_variant(Integer, "sqlite")


def flag(name: str) -> "Column[bool]":
    return Column(name, Boolean, nullable=False, server_default=text("false"))


def count(name: str) -> "Column[int]":
    return Column(name, BigInteger, nullable=False, server_default="0")
