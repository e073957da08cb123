"""URLs and parameters for hypothesis."""

from hypothesis import strategies as st

pairs = st.text("abct=%20+~/?", max_size=8)
urls = st.builds(
    lambda path, query: f"https://h/{path}" + ("" if query is None else f"?{query}"),
    st.text("abc/.%2F~", max_size=10),
    st.none() | st.lists(pairs, max_size=5).map("&".join),
)
