"""`python -m mnistreport`."""

from mnistreport.cli import main

if __name__ == "__main__":
    main()
