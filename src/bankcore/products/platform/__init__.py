"""An enterprise platform (企业交易平台) whose members trade over escrow at the bank.

After the document CN113706286A.
"""
